package dev.domicile.migrator.plan;

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

  /** Without the bounds, which are values of the tenant's rows. */
  @Override
  public String toString() {
    return "KeyRange";
  }
}
