/** The short operations: snapshot, list, remove, ticket. */
import { empty, json } from '../answers.ts';
import type { Handler, JobHandler } from '../runtime.ts';

export const snapshotJob: JobHandler = async ({ seams }, { view, job }) => {
  const body = await seams.views.snapshot(job.job_id);
  return body === null ? seams.access.missing(view) : json(200, body);
};

export const listJobs: Handler = async ({ seams }, { principal }) =>
  json(200, seams.views.list(await seams.store.list(principal.account_id)));

export const removeJob: JobHandler = async ({ seams, topics, producers }, { view, job }) => {
  if (!(await seams.store.remove(job.job_id))) return seams.access.missing(view);
  producers.stop(job.job_id);
  seams.wake.removed(topics, job.job_id);
  return empty(204);
};

export const issueTicket: JobHandler = async ({ seams }, { principal, job }) =>
  json(201, JSON.stringify(await seams.tickets.issue(principal, job.job_id)));
