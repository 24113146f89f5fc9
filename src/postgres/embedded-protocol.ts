// What the thread of the embedded database and its owner say to each other. Values must survive structured cloning.

export interface WorkerRequest {
  id: number;
  /** Without parameters several statements may stand in one text. */
  text: string;
  parameters: readonly unknown[];
}

export interface WorkerFailure {
  message: string;
  /** SQLSTATE, where the database said one. */
  code: string | undefined;
}

export type WorkerAnswer =
  | { kind: 'ready' }
  | { kind: 'unusable'; failure: WorkerFailure }
  | { kind: 'rows'; id: number; rows: unknown[]; affectedRows: number | undefined }
  | { kind: 'failed'; id: number; failure: WorkerFailure }
  | { kind: 'closed' };
