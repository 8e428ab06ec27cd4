package dev.domicile.migrator.plan;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range of keys, as texts of the key's columns.
 *
 * @param lower where it starts, exclusive; null: at the first key
 * @param upper where it ends, inclusive; null: at the last key
 */
public record KeyRange(@Nullable List<String> lower, @Nullable List<String> upper) {
  /** All keys. */
  public static final KeyRange ALL = new KeyRange(null, null);

  /** The same with the table's offsets taken off its numbers. */
  public KeyRange movedBack(TablePlan table) {
    return new KeyRange(movedBack(table, lower), movedBack(table, upper));
  }

  private static @Nullable List<String> movedBack(TablePlan table, @Nullable List<String> bound) {
    if (bound == null) {
      return null;
    }
    List<String> moved = new ArrayList<>(bound);
    for (int i = 0; i < moved.size(); i++) {
      long shift = table.shift(table.key().get(i).name());
      if (shift != 0) {
        moved.set(i, String.valueOf(Long.parseLong(moved.get(i)) - shift));
      }
    }
    return List.copyOf(moved);
  }

  /** Without the bounds, which are values of the tenant's rows. */
  @Override
  public String toString() {
    return "KeyRange";
  }
}
