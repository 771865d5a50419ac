/** Every dialect by the name a config gives. */
import type { Dialect } from './dialect.ts';
import { jobs } from './jobs.ts';

export const DIALECTS: Readonly<Record<'jobs', Dialect>> = { jobs };
