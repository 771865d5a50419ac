/** What may stand in an HTTP header, as the client that sends it decides. */
import { validateHeaderName, validateHeaderValue } from 'node:http';

/** As messages tell it. */
export const HEADER_NAME = "letters, digits and any of !#$%&'*+.^_`|~-";
export const HEADER_VALUE = 'Latin-1 characters and tabs, without line ends and other controls';

export function isHeaderName(name: string): boolean {
  return passes(() => {
    validateHeaderName(name);
  });
}

export function isHeaderValue(value: string): boolean {
  return passes(() => {
    validateHeaderValue('value', value);
  });
}

function passes(validate: () => void): boolean {
  try {
    validate();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
