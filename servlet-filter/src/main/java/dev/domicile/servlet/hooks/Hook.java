package dev.domicile.servlet.hooks;

import dev.domicile.router.TenantId;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The five hooks. */
enum Hook {
  SCHEDULE,
  START,
  STATUS,
  COMMIT,
  ROLLBACK;

  /** The hook of what follows the path. */
  static Optional<Hook> of(String rest) {
    return Arrays.stream(values())
        .filter(hook -> rest.equals("/" + hook.name().toLowerCase(Locale.ROOT)))
        .findAny();
  }

  String method() {
    return this == STATUS ? "GET" : "POST";
  }

  HookAnswer call(HookCalls hooks, TenantId tenant, HookBody body) {
    return switch (this) {
      case SCHEDULE -> hooks.schedule(tenant, body);
      case START -> hooks.start(tenant, body);
      case STATUS -> hooks.status(tenant, body);
      case COMMIT -> hooks.commit(tenant, body);
      case ROLLBACK -> hooks.rollback(tenant, body);
    };
  }
}
