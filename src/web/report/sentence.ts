// The sentence of a reason with the numbers of a finding in it.

import { measure } from '../pages/words.ts';

export interface SentenceInput {
  sentence: string;
  measured: number | null;
  threshold: number | null;
  unit: string;
  /** As it is to be shown; null = never. */
  dataAsOf: string | null;
}

export function filledSentence({ sentence, measured, threshold, unit, dataAsOf }: SentenceInput): string {
  const values: Readonly<Record<string, string>> = {
    measured: measure(measured, unit),
    threshold: measure(threshold, unit),
    data_as_of: dataAsOf ?? 'never',
  };
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
