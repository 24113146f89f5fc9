// What goes back to the caller, and the shapes in which the cloud reports errors: the service's, the gateway's,
// Keystone's, and what proxies make of it.

/** The page behind a list answer, so that faults can read others in its place. */
export interface PageContext {
  key: 'backups' | 'instances';
  offset: number;
  limit: number;
  total: number;
  read(offset: number, limit: number): Row[];
}

/** A row of a list as it goes over the wire. */
export type Row = Record<string, unknown>;

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** JSON unless `text` is given; neither = empty body. */
  body?: unknown;
  text?: string;
  contentType?: string;
  page?: PageContext;
}

/** Thrown by a handler to answer with an error. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`answered with ${answer.status}`);
    this.name = 'Refusal';
    this.answer = answer;
  }
}

export function ok(body: unknown, status = 200): Answer {
  return { status, body };
}

/** An error of the database service. */
export function serviceError(status: number, code: string, message: string): Answer {
  return { status, body: { error_code: code, error_msg: message } };
}

/** An error of the gateway in front of the service; the request id is put in when it is sent. */
export function gatewayError(status: number, code: string, message: string): Answer {
  return { status, body: { error_msg: message, error_code: code, request_id: REQUEST_ID } };
}

/** An error of IAM's Keystone calls. */
export function keystoneError(status: number, title: string, message: string): Answer {
  return { status, body: { error: { code: status, message, title } } };
}

/** Stands for the request id in bodies. */
export const REQUEST_ID = '{request-id}';

export function unauthorized(message: string): Answer {
  return gatewayError(401, 'APIGW.0301', `Incorrect IAM authentication information: ${message}`);
}

export function notPublished(): Answer {
  return gatewayError(404, 'APIGW.0101', 'The API does not exist or has not been published in the environment');
}

/** The page of a proxy whose backend is gone. */
export function htmlAnswer(status: number, title: string): Answer {
  const text = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>CloudWAF</center>\r\n</body>\r\n</html>\r\n`;
  return { status, text, contentType: 'text/html' };
}
