/** What the routes work with: the composed seams and the parts of the running server around them. */
import type { ServerResponse } from 'node:http';
import type { ServerConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { ProducerPool } from '../producers/producer-pool.ts';
import type { Answer, Principal, RequestView, Seams } from '../seams.ts';
import type { Job } from '../stores/store.ts';
import type { Subscriptions } from '../streams/subscriptions.ts';
import type { Topics } from '../streams/topics.ts';
import type { Writer } from '../streams/writer.ts';
import type { LongPolls } from './jobs/long-polls.ts';

export interface Runtime {
  readonly config: ServerConfig;
  readonly seams: Seams;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly topics: Topics;
  readonly subscriptions: Subscriptions;
  readonly long_polls: LongPolls;
  readonly writer: Writer;
  readonly producers: ProducerPool;
  readonly state: { draining: boolean };
}

/** One admitted request of an account. */
export interface Call {
  readonly view: RequestView;
  readonly principal: Principal;
  /** Empty when the request had none. */
  readonly body: Buffer;
  readonly response: ServerResponse;
  /** Answers now; for handlers that go on afterwards. */
  readonly send: (answer: Answer) => void;
  /** Takes the response over: nothing is answered for it any more. */
  readonly hijack: () => void;
}

/** A call about a stream that its caller may see. */
export interface JobCall extends Call {
  readonly job: Job;
}

/** null: it was answered, or taken over. */
export type Handler = (runtime: Runtime, call: Call) => Promise<Answer | null>;
export type JobHandler = (runtime: Runtime, call: JobCall) => Promise<Answer | null>;
