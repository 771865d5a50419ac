/**
 * Every error a server of this specification answers: `{"error":{"code","message"}}`.
 * The code decides the status, so one code never has two.
 */
export const ERROR_STATUS = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  conflict: 409,
  gone: 410,
  payload_too_large: 413,
  quota_exceeded: 429,
  headers_too_large: 431,
  /** Nobody promises that nothing was changed: the request may have taken effect. */
  internal: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;
