import t from 'tap';
import { restartUnderLoad } from './test-support/restart-under-load.ts';

t.test('restarts behind round-robin routing never end an EventSource', (t) => restartUnderLoad(t, 'round-robin'));
