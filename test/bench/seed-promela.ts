// The seed scenario of `shared/explore.md` section 2 as a Promela model, one statement for each op of
// `test/programs/seed.ts`, so that SPIN and Faultline are asked the same.

/** The model with r reporters, p responders and d disablers. */
export function seedPromela(form: 'legacy' | 'counted', r: number, p: number, d: number): string {
  const counted = form === 'counted';
  const get = counted ? '    assert(!freed); ref++;\n' : '';
  const put = counted
    ? '    d_step { assert(!freed); ref--; last = (ref == 0) };\n    if :: last -> assert(!freed); freed = true :: else fi\n'
    : '    skip\n';
  const drop = counted
    ? '    d_step { assert(!freed); ref--; last = (ref == 0) };\n    if :: last -> assert(!freed); freed = true :: else fi\n'
    : '    assert(!freed); freed = true\n';
  return `bool A, B, freed;
bool ptr = true;
byte ref = 1, obj;

proctype user() {
  bool got, last;
  atomic { !A -> A = true };
  got = ptr;
  if :: got ->
${get === '' ? '    skip\n' : get}  :: else
  fi;
  A = false;
  if :: got ->
    atomic { !B -> assert(!freed); B = true };
    d_step { assert(!freed); obj = 1 };
    d_step { assert(!freed); B = false };
${put}  :: else
  fi
}

proctype disabler() {
  bool got, last;
  atomic { !A -> A = true };
  got = ptr;
  ptr = false;
  A = false;
  if :: got ->
${drop}  :: else
  fi
}

init {
  atomic {
${'    run user();\n'.repeat(r + p)}${'    run disabler();\n'.repeat(d)}  }
}
`;
}
