package dev.domicile.servlet.hooks;

import dev.domicile.migrator.Finding;
import java.util.List;

/**
 * The error codes of the realm migration service (Atlassian developer documentation, "Data
 * residency", unchanged from 2022 to "Remote realm migration" of 2025). An answer with a code is
 * final; one without a code is tried again.
 */
enum HookError {
  /** The migration was not scheduled. */
  E0001,
  /** The app does not support the realm. */
  E0002,
  /** The app supports no migrations. */
  E0003,
  /** Too many migrations at the same time. */
  E0004,
  /** Anything else. */
  E9999;

  /** Of what stops a move: a realm at another version of the schema is not ready for tenants. */
  static HookError of(List<Finding> errors) {
    return errors.stream().allMatch(error -> error.code().startsWith("schema-")) ? E0002 : E9999;
  }
}
