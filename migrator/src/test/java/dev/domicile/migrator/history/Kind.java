package dev.domicile.migrator.history;

import java.util.Random;

/** What a writer's transaction does, beside leaving its mark. */
enum Kind {
  /** Nothing. */
  TOKEN,
  /** The mark is a remark, in a table without a tenant column. */
  REMARK,
  /** Counts the writer's counter up. */
  COUNT,
  /** Moves money from one account to another. */
  TRANSFER,
  /** Moves papers from one folder to a new one, and deletes the old one. */
  MOVE,
  /** Deletes an earlier token of the writer. */
  ERASE;

  private static final int MOVES_ARE_ONE_IN = 40;

  static Kind some(Random random) {
    Kind kind = values()[random.nextInt(values().length)];
    return kind == MOVE && random.nextInt(MOVES_ARE_ONE_IN) >= values().length ? TOKEN : kind;
  }
}
