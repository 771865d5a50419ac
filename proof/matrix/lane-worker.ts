/** One lane of the matrix, in a thread of its own. */
import { parentPort } from 'node:worker_threads';
import { judgeSubject } from './judge-subject.ts';
import type { Order } from './lanes.ts';
import { SUBJECTS } from './subjects.ts';

const interruption = new AbortController();

async function judge({ name, ...options }: Exclude<Order, 'stop'>): Promise<void> {
  const subject = SUBJECTS.find((one) => one.name === name);
  if (subject === undefined) throw new RangeError(`there is no subject ${name}`);
  parentPort?.postMessage(await judgeSubject(subject, { ...options, signal: interruption.signal }));
}

parentPort?.on('message', (order: Order) => {
  if (order === 'stop') interruption.abort(new Error('the matrix was interrupted'));
  else void judge(order);
});
