import type { Check } from '../../harness/check.ts';
import { CLOSING } from './closing.ts';
import { HEARTBEATS } from './heartbeats.ts';
import { IDS } from './ids.ts';
import { OPENING } from './opening.ts';
import { SSE_HEADERS } from './sse-headers.ts';
import { TEXT } from './text.ts';

export const TRN_CHECKS: readonly Check[] = [...SSE_HEADERS, ...OPENING, ...IDS, ...HEARTBEATS, ...TEXT, ...CLOSING];
