/** What goes into the request line and headers, made from what was asked for and nothing else. */
import { header, type HeaderList, type HttpRequest } from './exchange.ts';

const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** The base URL's path, without its last slash, and the path as given: `..` and percent-escapes stay as they are. */
function requestPath(base: URL, path: string): string {
  return base.pathname.replace(/\/$/, '') + path;
}

/** The request as it will be sent: adds Host, Content-Length and Connection where the caller has none. */
export function completeRequest(base: URL, request: HttpRequest): HttpRequest & { readonly headers: HeaderList } {
  const given = request.headers ?? [];
  const lacks = (name: string): boolean => header(given, name) === null;
  const headers: (readonly [string, string])[] = lacks('host') ? [['Host', base.host], ...given] : [...given];
  if (lacks('content-length') && lacks('transfer-encoding')) {
    if (request.body !== undefined) headers.push(['Content-Length', String(Buffer.byteLength(request.body))]);
    else if (METHODS_WITH_BODY.has(request.method)) headers.push(['Content-Length', '0']);
  }
  // Also for a socket of one exchange: servers answer `Connection: close` differently, and we want the usual answer.
  if (lacks('connection')) headers.push(['Connection', 'keep-alive']);
  return { ...request, path: requestPath(base, request.path), headers };
}
