// Reads the body of an error, in every shape that the gateway, the services, IAM and the proxies before them use.
// Facts: error pages of the API references; anything unknown yields no code and no message, never an exception.

import { z } from 'zod';

export interface ErrorBody {
  /** `APIGW.0301`, `DBS.280056`, …; the prefix `APIG.` of some pages is read as `APIGW.`. */
  apiCode: string | undefined;
  message: string | undefined;
  requestId: string | undefined;
}

const textOrNumber = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(undefined);

const serviceErrorWire = z.looseObject({
  error_code: textOrNumber,
  error_msg: textOrNumber,
  code: textOrNumber,
  message: textOrNumber,
  request_id: textOrNumber,
});

/** IAM nests: `{error: {code, message, title}}`; some services nest the usual shape. */
const nestedErrorWire = z.looseObject({ error: serviceErrorWire });

/** Never throws. Text that is no JSON object gives the title of an HTML page at most. */
export function readErrorBody(text: string): ErrorBody {
  const json = parseJson(text);
  const nested = nestedErrorWire.safeParse(json);
  const flat = nested.success ? nested.data.error : serviceErrorWire.safeParse(json).data;
  if (flat === undefined) return { apiCode: undefined, message: titleOf(text), requestId: undefined };
  return {
    apiCode: normalCode(flat.error_code ?? flat.code ?? undefined),
    message: flat.error_msg ?? flat.message ?? undefined,
    requestId: flat.request_id ?? undefined,
  };
}

/** Whether a body names an error code, as a service does that answers 200 to a failure. */
export function namesAnError(json: unknown): boolean {
  const parsed = serviceErrorWire.safeParse(json);
  return parsed.success && typeof parsed.data.error_code === 'string';
}

function normalCode(code: string | undefined): string | undefined {
  return code?.replace(/^APIG\./, 'APIGW.');
}

function titleOf(text: string): string | undefined {
  return /<title>\s*([^<]{1,200}?)\s*<\/title>/i.exec(text.slice(0, 4096))?.[1];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
