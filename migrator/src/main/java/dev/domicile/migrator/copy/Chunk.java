package dev.domicile.migrator.copy;

import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.schema.TableName;

/**
 * A contiguous key range of one table of one tenant.
 *
 * @param table the table
 * @param number its place in the table, from 0
 * @param range its keys, as they are at the target
 * @param rows how many rows it held when it was planned
 * @param bytes their size, as stored, when it was planned
 */
public record Chunk(TableName table, int number, KeyRange range, long rows, long bytes) {

  /** The same at the source, where the ids of its bounds are not moved by the plan's offsets. */
  public Chunk atSource(Plan plan) {
    return new Chunk(table, number, range.movedBack(plan.table(table)), rows, bytes);
  }

  /** The same with another number. */
  Chunk numbered(int other) {
    return new Chunk(table, other, range, rows, bytes);
  }

  /** Names the chunk in an error; its bounds stay out of it. */
  @Override
  public String toString() {
    return "chunk " + number + " of " + table;
  }
}
