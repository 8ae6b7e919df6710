// Answers of the lab that follow what is shown: asked again when it changes, and only the last one counts.
import { type ShallowRef, shallowRef, watch } from 'vue';
import { fail } from './lab';

/**
 * The answer to a question.
 * @param about what the question depends on
 * @param ask asks it; null for no answer
 */
export function answerTo<T>(
  about: () => unknown,
  ask: () => Promise<T | null>,
): ShallowRef<T | null> {
  const answer = shallowRef<T | null>(null);
  let asked = 0;
  watch(
    about,
    async () => {
      const mine = ++asked;
      try {
        const now = await ask();
        if (mine === asked) answer.value = now;
      } catch (e) {
        fail(e);
      }
    },
    { immediate: true },
  );
  return answer;
}
