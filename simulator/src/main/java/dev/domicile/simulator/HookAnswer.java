package dev.domicile.simulator;

/** An answer of a hook, and the scenario in which it came; kept for the rules about all answers. */
record HookAnswer(String scenario, Hook hook, Answer answer) {
  @Override
  public String toString() {
    return hook + " in " + scenario;
  }
}
