package dev.domicile.router.flyway;

import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.jspecify.annotations.Nullable;

/** Keeps the name of the script that failed. */
final class FailedScript implements Callback {
  private volatile @Nullable String name;

  /** The name, or null if none has failed. */
  @Nullable String name() {
    return name;
  }

  @Override
  public boolean supports(Event event, Context context) {
    return event == Event.AFTER_EACH_MIGRATE_ERROR;
  }

  @Override
  public boolean canHandleInTransaction(Event event, Context context) {
    return true;
  }

  @Override
  public void handle(Event event, Context context) {
    name = context.getMigrationInfo().getScript();
  }

  @Override
  public String getCallbackName() {
    return FailedScript.class.getSimpleName();
  }
}
