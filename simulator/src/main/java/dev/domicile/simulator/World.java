package dev.domicile.simulator;

import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What all scenarios of a rehearsal share.
 *
 * @param hookAnswers every answer of a hook so far; grows while scenarios are played
 */
record World(
    Settings settings,
    AppClient app,
    Tokens tokens,
    Waiter waiter,
    Redaction redaction,
    InstantSource clock,
    List<HookAnswer> hookAnswers) {

  World(
      Settings settings,
      AppClient app,
      Tokens tokens,
      Waiter waiter,
      Redaction redaction,
      InstantSource clock) {
    this(settings, app, tokens, waiter, redaction, clock, new CopyOnWriteArrayList<>());
  }
}
