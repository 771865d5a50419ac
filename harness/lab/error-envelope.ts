/** How a service of this wire refuses; a gateway that answers in its place does not know it. */
export interface ErrorEnvelope {
  readonly code: unknown;
  readonly message: unknown;
}

/** null: not `{"error":{…}}`. */
export function envelopeOf(body: Buffer): ErrorEnvelope | null {
  try {
    const { error } = JSON.parse(body.toString('utf8')) as { readonly error?: Partial<ErrorEnvelope> | null };
    return typeof error === 'object' && error !== null ? { code: error.code, message: error.message } : null;
  } catch (failure) {
    if (failure instanceof SyntaxError || failure instanceof TypeError) return null;
    throw failure;
  }
}
