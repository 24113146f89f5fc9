// The credential of access keys. One key serves all projects, so one gate stands before all of them.

import type { CloudError } from '../inventory/errors.ts';
import type { Call, Clock } from '../inventory/ports.ts';
import { AttemptFailure } from './attempt-failure.ts';
import type { Credential, Sign } from './client.ts';
import { CredentialGate } from './credential-gate.ts';
import { type AccessKeys, signedHeaders } from './signer.ts';

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
    let refusedHere: CloudError | null = null;
    return {
      proof: 'keys',
      secrets: () => secrets,
      async show<T>(exchange: (sign: Sign) => Promise<T>, call: Call): Promise<T> {
        if (refusedHere !== null) throw refusedHere;
        try {
          return await gate.pass(() => exchange(sign), call.signal);
        } catch (error) {
          if (error instanceof AttemptFailure && error.refusal === 'scope') refusedHere = error.error;
          throw error;
        }
      },
    };
  };
}
