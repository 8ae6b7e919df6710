// The second half of the bug zoo (`test/support/zoo.ts`).
import { zooTests } from '../support/zoo';

zooTests(1, 2);
