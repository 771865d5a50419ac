/** Secrets that stand in the parameters of URLs: in a path, in a header, in a page. */

/** Parameters whose value opens something; a signed URL's signature opens what it names. */
const SECRET_PARAMETERS = [
  'ticket',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'api_key',
  'apikey',
  'password',
  'sig',
  'signature',
  'X-Amz-Signature',
  'X-Amz-Security-Token',
  'X-Goog-Signature',
];
const NAMES = `(?:${SECRET_PARAMETERS.join('|')})`;

/** A request's path is a URL and nothing else. */
const IN_PATH = new RegExp(`[?&]${NAMES}=([^&#]+)`, 'gi');
/** Any other text goes on behind the URL; a page writes the ampersand as `&amp;`, JSON may write it as an escape. */
const IN_TEXT = new RegExp(`((?:[?&#]|&amp;|\\\\u0026)${NAMES}=)([^&#\\s"'\`<>\\\\(),;]+)`, 'gi');

/** Values of secret parameters, as they are and decoded. */
export function secretsOfPath(path: string): string[] {
  return Array.from(path.matchAll(IN_PATH), ([, value = '']) => value).flatMap(spellings);
}

/** The same for a text that URLs stand in. */
export function secretsOfText(text: string): string[] {
  return Array.from(text.matchAll(IN_TEXT), ([, , value = '']) => value).flatMap(spellings);
}

/** A text with the values of secret parameters masked; `${NAME}` stays as written. */
export function maskParameters(text: string, mask: string): string {
  return text.replace(IN_TEXT, (whole, before: string, value: string) =>
    /^\$\{\w+\}$/.test(value) ? whole : before + mask,
  );
}

/** Who knows the decoded value knows how it is encoded as a rule; a spelling by other rules is one more secret. */
function spellings(value: string): string[] {
  const plain = decoded(value);
  const usual = encodeURIComponent(plain).toLowerCase();
  return value === plain || value.toLowerCase() === usual ? [plain] : [plain, value];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
