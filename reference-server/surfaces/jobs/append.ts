/** `POST /api/jobs/{id}/events`: events through the API. The store's transaction gives the order. */
import type { Appends } from '../../seams.ts';
import { json } from '../answers.ts';
import type { JobHandler } from '../runtime.ts';
import { fingerprint, parseAppend } from './append-body.ts';
import { idempotencyKey } from './parameters.ts';

export const appends: Appends = {
  parse: parseAppend,
  claim: (_principal, key, body) => ({ key, fingerprint: fingerprint(body) }),
  async acknowledge(_job_id, { ids, last_event_id }) {
    return json(201, JSON.stringify({ ids, last_event_id }));
  },
};

export const appendEvents: JobHandler = async ({ seams, writer }, { view, principal, job, body, send }) => {
  if (job.synthetic !== null) {
    return seams.failure('conflict', 'This stream is fed by its synthetic producer and takes no other events.');
  }
  const key = idempotencyKey(view);
  const ts = seams.clock.now_ms();
  const events = seams.appends.parse(body).map((draft) => ({ ...draft, ts }));
  const options = key === null ? {} : { idempotency: seams.appends.claim(principal, key, body) };

  const outcome = await writer.append(job.job_id, events, options, async (committed) => {
    send(await seams.appends.acknowledge(job.job_id, committed));
  });
  switch (outcome.kind) {
    case 'appended':
    case 'repeated':
      return null;
    case 'missing':
      return seams.access.missing(view);
    case 'conflict':
      return seams.failure('conflict', 'This Idempotency-Key was used for another append to this stream.');
    case 'finished':
      return seams.failure('conflict', 'The stream has ended: nothing can follow its terminal event.');
    case 'fenced':
      return seams.failure('conflict', 'The stream has another owner.');
  }
};
