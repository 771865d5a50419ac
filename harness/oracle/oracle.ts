/**
 * The oracle: a pure fold over the history. It says per invariant whether it held, was broken (with a witness), or
 * cannot be known. Its state is bounded, so the same code judges a check of ten events and a soak of ten million.
 */
import type { HistoryRecord } from '../history.ts';
import { Book } from './book.ts';
import type { Fold, Handlers, Invariant } from './fold.ts';
import { ALL_INVARIANTS } from './invariants/index.ts';
import { DEFAULT_LIMITS, type OracleLimits } from './limits.ts';
import type { Declared } from './state.ts';
import { INVARIANTS, type Verdict } from './verdict.ts';
import { witnessOf } from './witness.ts';

export interface OracleOptions {
  readonly declared: Declared;
  readonly limits?: Partial<OracleLimits>;
  /** Default: all eleven. */
  readonly invariants?: readonly Invariant[];
}

export interface Oracle {
  /** Records in the order of their stamps, as far as concurrent ones have an order. */
  step(record: HistoryRecord): void;
  /**
   * Call once. With the history at hand (read again from memory or file) the witnesses hold all records that show the
   * violation; without it, at most the one that gave it away.
   */
  finish(history?: Iterable<HistoryRecord>): readonly Verdict[];
}

export function createOracle(options: OracleOptions): Oracle {
  const invariants = options.invariants ?? ALL_INVARIANTS;
  const book = new Book(options.declared, { ...DEFAULT_LIMITS, ...options.limits });
  const folds = invariants.map((invariant) => invariant.init(book));
  const handlers = handlersByKind(folds);

  return {
    step(record) {
      dispatch(record, handlers, book);
      book.apply(record);
    },
    finish(history) {
      for (const fold of folds) fold.finish?.();
      return invariants.map((invariant, index) => verdictOf(invariant, folds[index], book, history ?? null));
    },
  };
}

/** Judges a history that is at hand. */
export function judge(history: Iterable<HistoryRecord>, options: OracleOptions): readonly Verdict[] {
  const oracle = createOracle(options);
  for (const record of history) oracle.step(record);
  return oracle.finish(history);
}

type HandlersByKind = { readonly [Kind in keyof Handlers]-?: readonly NonNullable<Handlers[Kind]>[] };

function handlersByKind(folds: readonly Fold[]): HandlersByKind {
  const of = <Kind extends keyof Handlers>(kind: Kind): readonly NonNullable<Handlers[Kind]>[] =>
    folds.flatMap((fold) => {
      const handler = fold.on[kind];
      return handler === undefined ? [] : [handler];
    });
  return {
    'append-result': of('append-result'),
    subscribe: of('subscribe'),
    deliver: of('deliver'),
    gap: of('gap'),
    end: of('end'),
    'control-id': of('control-id'),
    'cursor-probe': of('cursor-probe'),
    'foreign-sight': of('foreign-sight'),
    revoke: of('revoke'),
    sample: of('sample'),
    fence: of('fence'),
  };
}

function dispatch(record: HistoryRecord, handlers: HandlersByKind, book: Book): void {
  switch (record.kind) {
    case 'deliver': {
      const reader = book.reader(record.subscription);
      if (reader !== undefined) for (const handle of handlers.deliver) handle(record, reader);
      return;
    }
    case 'append-result': {
      const attempt = book.appends.pending(record.op);
      if (attempt !== undefined) for (const handle of handlers['append-result']) handle(record, attempt);
      return;
    }
    case 'gap': {
      const reader = book.reader(record.subscription);
      if (reader !== undefined) for (const handle of handlers.gap) handle(record, reader);
      return;
    }
    case 'end': {
      const reader = book.reader(record.subscription);
      if (reader !== undefined) for (const handle of handlers.end) handle(record, reader);
      return;
    }
    case 'subscribe':
      for (const handle of handlers.subscribe) handle(record);
      return;
    case 'control-id':
      for (const handle of handlers['control-id']) handle(record);
      return;
    case 'cursor-probe':
      for (const handle of handlers['cursor-probe']) handle(record);
      return;
    case 'foreign-sight':
      for (const handle of handlers['foreign-sight']) handle(record);
      return;
    case 'revoke':
      for (const handle of handlers.revoke) handle(record);
      return;
    case 'sample':
      for (const handle of handlers.sample) handle(record);
      return;
    case 'fence':
      for (const handle of handlers.fence) handle(record);
      return;
    case 'append':
    case 'fault':
    case 'heal':
      // Only the book needs these.
      return;
  }
}

function verdictOf(
  invariant: Invariant,
  fold: Fold | undefined,
  book: Book,
  history: Iterable<HistoryRecord> | null,
): Verdict {
  const { number } = invariant;
  const found = fold?.findings.first ?? null;
  const unknown_because =
    found !== null
      ? null
      : invariant.reads_book && book.excess !== null
        ? book.excess
        : fold?.exercised() === true
          ? null
          : 'not-exercised';
  return {
    invariant: number,
    name: INVARIANTS[number],
    verdict: found !== null ? false : unknown_because === null ? true : 'unknown',
    unknown_because,
    violations: fold?.findings.count ?? 0,
    witness: found === null ? null : witnessOf(found, history),
  };
}
