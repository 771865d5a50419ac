/** `{instance}`, `{stream}`… in hook commands and URLs. */
export type PlaceholderValues = Readonly<
  Partial<Record<'instance' | 'stream' | 'api_key_id' | 'needle' | 'port', string>>
>;

export const PLACEHOLDER = /\{(?:instance|stream|api_key_id|needle|port)\}/g;

function fill(template: string, values: PlaceholderValues, encode: (value: string) => string): string {
  return template.replace(PLACEHOLDER, (whole) => {
    const value = values[whole.slice(1, -1) as keyof PlaceholderValues];
    return value === undefined ? whole : encode(value);
  });
}

/** Values are percent-encoded. */
export function fillUrl(template: string, values: PlaceholderValues): string {
  return fill(template, values, encodeURIComponent);
}

/** Values come from the server under test: anything but plain words is quoted, so that none reaches the shell as code. */
export function fillCommand(template: string, values: PlaceholderValues): string {
  return fill(template, values, (value) => (/^[\w.:-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`));
}
