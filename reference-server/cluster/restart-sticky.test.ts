import t from 'tap';
import { restartUnderLoad } from './test-support/restart-under-load.ts';

t.test('restarts behind sticky routing never end an EventSource', (t) => restartUnderLoad(t, 'sticky'));
