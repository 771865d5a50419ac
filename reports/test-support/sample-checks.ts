/** Checks as a run would have found them: one per sample row, with a transcript of a resume. */
import type { CheckResult, TranscriptLine, WaterfallMark } from '../../harness/result.ts';
import { Random } from '../../spec/random.ts';
import { SAMPLE_ROWS } from './sample-rows.ts';

const SMALL_WORDS = new Set(
  'a an and as at by for from has in is it its no not of or on one that the to with'.split(' '),
);

function checkIdOf(text: string): string {
  const words = text
    .toLowerCase()
    .replaceAll('’', '')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !SMALL_WORDS.has(word));
  return words.slice(0, 4).join('-');
}

/** One subscribe that resumes after 2; `doubled` is sent a second time. */
export function resumeTranscript(doubled: number | null): readonly TranscriptLine[] {
  const lines: TranscriptLine[] = [];
  const line = (direction: TranscriptLine['direction'], at_ms: number, text: string, offset: number | null = null) =>
    lines.push({ exchange: 4, direction, at_ms, offset, text });
  line('note', 30, 'resume after the second event while three more are appended');
  line('sent', 30.4, 'GET /api/jobs/7c0a5e1f/stream HTTP/1.1');
  line('sent', 30.4, 'accept: text/event-stream');
  line('sent', 30.4, 'last-event-id: 2');
  line('sent', 30.4, 'x-api-key: [redacted]');
  line('received', 33.1, 'HTTP/1.1 200 OK');
  line('received', 33.1, 'content-type: text/event-stream; charset=utf-8');
  line('received', 33.1, 'cache-control: no-store, no-transform');
  let offset = 0;
  const frame = (id: number, at_ms: number) => {
    const data = `{"id":${id},"ts":1760000000${id}00,"type":"step_progress","payload":{"text":"café ${id}"}}`;
    for (const text of [`id: ${id}`, `data: ${data}`, '']) {
      const printed = text.replace('é', '\\xc3\\xa9');
      line('received', at_ms, printed, offset);
      offset += Buffer.byteLength(text) + 1;
    }
  };
  frame(3, 34.2);
  frame(4, 41.7);
  if (doubled !== null) frame(doubled, 58.9);
  frame(5, 61.3);
  return lines;
}

export function resumeWaterfall(doubled: number, missing: number): readonly WaterfallMark[] {
  return [1, 2, 3, 4, 5, 6].flatMap((id): WaterfallMark[] => {
    const at_ms = 10 + id * 9;
    return [
      { lane: 'sent', id, at_ms, mark: 'ok' },
      { lane: 'acked', id, at_ms: at_ms + 2.1, mark: 'ok' },
      { lane: 'live', id, at_ms: at_ms + 4.4, mark: id === missing ? 'missing' : 'ok' },
      ...(id === doubled ? [{ lane: 'live', id, at_ms: at_ms + 14, mark: 'doubled' } as const] : []),
      ...(id > 2 ? [{ lane: 'resumed after 2', id, at_ms: at_ms + 6.8, mark: 'ok' } as const] : []),
    ];
  });
}

const PASSING: Omit<CheckResult, 'id' | 'rows' | 'level' | 'replay' | 'duration_ms'> = {
  outcome: 'pass',
  reason: null,
  expected: null,
  observed: null,
  evidence: {},
  transcript: resumeTranscript(null),
  waterfall: [],
  reference_transcript: null,
  curl: null,
  expected_failure: null,
  repeats: null,
};

/** One passing check per sample row that can be judged. */
export function passingChecks(): readonly CheckResult[] {
  const random = new Random(42).fork('sample-checks');
  return SAMPLE_ROWS.filter((row) => row.excluded === undefined).map((row) => {
    const id = checkIdOf(row.text);
    return {
      ...PASSING,
      id,
      rows: [row.id],
      level: row.level,
      replay: `streamproof conform --self --only ${id} --seed 42`,
      duration_ms: random.int(4, 900),
    };
  });
}

/** The list with the check of one row changed. */
export function withCheck(
  checks: readonly CheckResult[],
  row: string,
  change: Partial<CheckResult>,
): readonly CheckResult[] {
  if (!checks.some((check) => check.rows[0] === row)) throw new RangeError(`no sample check for ${row}`);
  return checks.map((check) => (check.rows[0] === row ? { ...check, ...change } : check));
}

/** What a server that sends live events twice earns. */
export const DOUBLED: Partial<CheckResult> = {
  outcome: 'fail',
  reason: 'event-doubled',
  expected: 'each event once: ids 3, 4, 5 after Last-Event-ID: 2',
  observed: 'id 4 a second time, in the frame at byte 186 of exchange 4, 17.2 ms after the first',
  evidence: { id: 4, first_offset: 93, second_offset: 186, lineage: 'resumed after 2' },
  transcript: resumeTranscript(4),
  reference_transcript: resumeTranscript(null),
  waterfall: resumeWaterfall(4, 0),
  curl: "curl -N -H 'last-event-id: 2' -H 'x-api-key: '\"$KEY\" http://127.0.0.1:43117/api/jobs/7c0a5e1f/stream",
};
