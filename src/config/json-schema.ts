// The JSON Schema of the configuration file: for editors, the reference page, and the names of keys in faults.

import { z } from 'zod';
import { fileSchema } from './schema.ts';

/** JSON Schema of the file, for editors. Strings may hold `${NAME}` and `${file:/path}`. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(fileSchema, {
    io: 'input',
    target: 'draft-2020-12',
    // zod drops `examples` of values that are transformed: ours are of the input, so they are put back here.
    override({ jsonSchema }) {
      if (jsonSchema['x-example'] === undefined) return;
      jsonSchema.examples = [jsonSchema['x-example']];
      delete jsonSchema['x-example'];
    },
  });
}
