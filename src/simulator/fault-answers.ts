// Faults that answer in place of the service: throttling, every error shape, and success that is none.

import type { Answer } from './answers.ts';
import { gatewayError, htmlAnswer, keystoneError, notPublished, ok, serviceError, unauthorized } from './answers.ts';
import type { ErrorShape, ErrorStatus, FaultName } from './fault-catalogue.ts';
import { errorFault } from './fault-catalogue.ts';
import type { FaultParameters } from './fault-rules.ts';
import { throttledAnswer } from './throttle.ts';

const serviceCodes: Record<ErrorStatus, string> = {
  500: 'DBS.280005',
  502: 'DBS.280005',
  503: 'DBS.200998',
  504: 'DBS.111205',
};

const gatewayCodes: Record<ErrorStatus, string> = {
  500: 'APIGW.0601',
  502: 'APIGW.0201',
  503: 'APIGW.0613',
  504: 'APIGW.0201',
};

const titles: Record<ErrorStatus, string> = {
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Time-out',
};

/** The answer of a fault of phase `answer`. `listKey` names the rows of the list that was asked for, if any. */
export function faultAnswer(
  name: FaultName,
  parameters: FaultParameters,
  context: { listKey: string; now: Date },
): Answer {
  const error = errorFault(name);
  if (error !== null) return errorAnswer(error.status, error.shape);
  const throttled = throttledAnswer('APIGW.0308', 300, '1 minute');
  const seconds = parameters.seconds ?? 1;
  switch (name) {
    case 'throttled':
      return throttled;
    case 'throttled-retry-after':
      return { ...throttled, headers: { 'retry-after': String(seconds) } };
    case 'throttled-retry-date':
      return {
        ...throttled,
        headers: { 'retry-after': new Date(context.now.getTime() + seconds * 1000).toUTCString() },
      };
    case 'throttled-by-service':
      return throttledAnswer('DBS.280443', 300, '1 minute');
    case 'redirect-302':
      return { status: 302, headers: { location: 'https://console.example/login' } };
    default:
      return falseSuccess(name, context.listKey) ?? refusalOf(name);
  }
}

function falseSuccess(name: FaultName, listKey: string): Answer | null {
  switch (name) {
    case 'html-200':
      return htmlAnswer(200, 'Welcome');
    case 'empty-200':
      return { status: 200 };
    case 'null-200':
      return ok(null);
    case 'array-200':
      return ok([]);
    case 'error-in-200':
      return { ...serviceError(200, 'DBS.280005', 'Server error.') };
    case 'list-missing-200':
      return ok({});
    case 'permission-lost-empty':
      return ok({ total_count: 0, [listKey]: [] });
    default:
      return null;
  }
}

function refusalOf(name: FaultName): Answer {
  switch (name) {
    case 'forbidden':
      return serviceError(403, 'DBS.280032', 'You do not have the permission to perform this operation.');
    case 'forbidden-400':
      return serviceError(400, 'DBS.280063', 'You do not have the permission to perform this operation.');
    case 'forbidden-encoded':
      return {
        status: 403,
        body: { error_code: 'PAP5.0001', error_msg: 'Access denied.', encoded_authorization_message: 'RW5jb2RlZA==' },
      };
    case 'token-invalid':
      return unauthorized('decrypt token fail');
    case 'token-invalid-403':
      return serviceError(403, 'DBS.280056', 'Invalid token.');
    case 'token-update':
      return gatewayError(401, 'APIGW.0307', 'The token must be updated.');
    case 'key-locked':
      return unauthorized('AK access failed to reach the limit,forbidden');
    case 'project-unavailable':
      return gatewayError(403, 'APIGW.0310', 'The project is unavailable.');
    case 'account-frozen':
      return gatewayError(405, 'APIGW.0502', 'The account is frozen.');
    case 'not-published':
      return notPublished();
    default:
      throw new Error(`the fault "${name}" has no answer`);
  }
}

function errorAnswer(status: ErrorStatus, shape: ErrorShape): Answer {
  switch (shape) {
    case 'service':
      return serviceError(status, serviceCodes[status], 'Server error. Try again later.');
    case 'gateway':
      return gatewayError(status, gatewayCodes[status], titles[status]);
    case 'keystone':
      return keystoneError(
        status,
        titles[status],
        'An unexpected error prevented the server from fulfilling your request.',
      );
    case 'html':
      return htmlAnswer(status, `${status} ${titles[status]}`);
    case 'text':
      return { status, text: `upstream connect error: ${titles[status]}\n`, contentType: 'text/plain' };
    case 'truncated':
      return { status, text: `{"error_code":"${gatewayCodes[status]}","error_m`, contentType: 'application/json' };
    case 'empty':
      return { status };
  }
}
