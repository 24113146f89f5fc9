// Asks each list of a project for one row: the cheapest question that tells credentials, permissions and endpoint apart.

import { CloudError } from '../inventory/errors.ts';
import { type Scope, scopes } from '../inventory/model.ts';
import type { Call, Source } from '../inventory/ports.ts';

export interface ProbeResult {
  /** Each list, in order; `error` is null where it may be read. */
  lists: { scope: Scope; error: CloudError | null }[];
  /** How far this host's clock is ahead of the cloud's; null where no answer told. */
  clockSkewSeconds: number | null;
}

/** One list after the other, so that a wrong secret is shown once. Never throws CloudError: it is the result. */
export async function probeLists(source: Source, call: Call): Promise<ProbeResult['lists']> {
  const lists: ProbeResult['lists'] = [];
  for (const scope of scopes) {
    const error = await source.fetchPage(scope, { offset: 0, limit: 1 }, call).then(
      () => null,
      (failure: unknown) => {
        if (failure instanceof CloudError) return failure;
        throw failure;
      },
    );
    lists.push({ scope, error });
  }
  return lists;
}
