package dev.domicile.simulator;

import java.util.function.Consumer;

/**
 * One course of events to play with an app.
 *
 * @param name as {@code --scenario} takes it
 * @param summary what is done and looked for
 * @param play plays it; checks go to the stage
 */
record Scenario(String name, String summary, Consumer<Stage> play) {}
