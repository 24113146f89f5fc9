// The credential of access keys. One key serves all projects, so one gate stands before all of them.

import type { Call, Clock } from '../inventory/ports.ts';
import { AttemptFailure } from './attempt-failure.ts';
import type { Credential, Sign } from './client.ts';
import { CredentialGate } from './credential-gate.ts';
import { type AccessKeys, signedHeaders } from './signer.ts';

/** Keys that are good elsewhere: the endpoint is another region's, and is not asked for each list. */
const misplacedRestMs = 5 * 60_000;

/** Makes the credential of a project, or of calls that belong to none (IAM), from the same keys. */
export function createKeyCredentials(keys: AccessKeys, clock: Clock): (projectId: string | null) => Credential {
  const gate = new CredentialGate({ clock });
  const secrets = [keys.secretKey, keys.securityToken ?? ''];
  return (projectId) => {
    const sign: Sign = (request) => {
      const headers = { 'content-type': 'application/json', ...request.headers };
      // Always sent: sub-projects need it.
      const scoped = projectId === null ? headers : { ...headers, 'x-project-id': projectId };
      return signedHeaders({ ...request, headers: scoped }, keys, clock.now());
    };
    const here = new CredentialGate({ clock, reopenAfterMs: misplacedRestMs });
    return {
      proof: 'keys',
      secrets: () => secrets,
      async show<T>(exchange: (sign: Sign) => Promise<T>, call: Call): Promise<T> {
        const { refusedWith } = here;
        if (refusedWith !== null) throw refusedWith;
        try {
          return await gate.pass(() => exchange(sign), call.signal);
        } catch (error) {
          if (error instanceof AttemptFailure && error.refusal === 'scope') here.refuse(error.error);
          throw error;
        }
      },
    };
  };
}
