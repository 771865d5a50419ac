/**
 * What a supervisor and its children say to each other over the process channel: reports from a child about itself, and
 * calls of the supervisor, each answered.
 */
import type { CreatedAccount } from '../server.ts';
import type { Arming, PausePoint } from './pause-points.ts';

/** What a child reports unasked. `failed` is its last word before it exits. */
export type Report =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'paused'; readonly point: PausePoint };

interface Call {
  readonly type: 'call';
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface Reply {
  readonly type: 'reply';
  readonly id: number;
  readonly value?: unknown;
  /** Present when it failed. */
  readonly error?: string;
}

/** What an instance does for its supervisor. */
export interface InstanceCalls {
  arm(arming: Arming): Promise<void>;
  /** Resolves when no write is under way; from then on none begins until `releaseWrites`. */
  holdWrites(): Promise<void>;
  releaseWrites(): Promise<void>;
  revokeKey(api_key_id: string): Promise<boolean>;
  createAccount(): Promise<CreatedAccount>;
  ownerOf(stream: string): Promise<{ readonly instance_id: string; readonly epoch: number } | null>;
}

/** What the ingress does for its supervisor. */
export interface IngressCalls {
  /** `pid` so that a stopped instance can be woken when the supervisor is gone. */
  up(index: number, port: number, pid: number): Promise<void>;
  down(index: number): Promise<void>;
}

export type Calls<Methods> = { readonly [Name in keyof Methods]: (...args: never[]) => Promise<unknown> };

function isCall(message: unknown): message is Call {
  return typeof message === 'object' && message !== null && (message as { type?: unknown }).type === 'call';
}

/** Resolves when the message has left this process; at once when nobody listens. */
export function report(message: Report | Reply): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) {
      resolve();
      return;
    }
    // An error means that the supervisor is gone, which the `disconnect` event tells.
    process.send(message, undefined, undefined, () => {
      resolve();
    });
  });
}

/** Answers the supervisor's calls. */
export function answerCalls<Methods extends Calls<Methods>>(methods: Methods): void {
  const known = new Map(Object.entries(methods) as [string, (...args: unknown[]) => Promise<unknown>][]);
  process.on('message', (message: unknown) => {
    if (!isCall(message)) return;
    const { id, method, args } = message;
    const answer = async (): Promise<Reply> => {
      try {
        const call = known.get(method);
        if (call === undefined) return { type: 'reply', id, error: `There is no call ${method}` };
        return { type: 'reply', id, value: await call(...args) };
      } catch (error) {
        return { type: 'reply', id, error: error instanceof Error ? error.message : String(error) };
      }
    };
    void answer().then(report);
  });
}
