package dev.domicile.servlet;

import static dev.domicile.sql.control.Tables.INSTALLATION;

import dev.domicile.router.TenantId;
import dev.domicile.sql.control.tables.records.InstallationRecord;
import java.time.InstantSource;
import org.jooq.DSLContext;
import org.jooq.Result;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One walk over all installations, uninstalled ones included, in pages of bounded size. */
final class SecretRenewal {
  private static final Logger log = LoggerFactory.getLogger(SecretRenewal.class);
  private static final int PAGE = 500;

  /** A row that changes under the walk is changed by an installation, which is rare. */
  private static final int ATTEMPTS = 5;

  private final DSLContext control;
  private final SecretCipher cipher;
  private final InstallationTable table;

  SecretRenewal(DSLContext control, SecretCipher cipher, InstantSource clock) {
    this.control = control;
    this.cipher = cipher;
    this.table = new InstallationTable(control, cipher, clock);
  }

  Reencryption run() {
    long examined = 0;
    long renewed = 0;
    long unreadable = 0;
    String last = "";
    Result<InstallationRecord> page = page(last);
    while (page.isNotEmpty()) {
      for (InstallationRecord row : page) {
        examined++;
        switch (renew(row)) {
          case RENEWED -> renewed++;
          case UNREADABLE -> unreadable++;
          case CURRENT -> {}
        }
        last = row.getClientKey();
      }
      page = page(last);
    }
    return new Reencryption(examined, renewed, unreadable);
  }

  private Result<InstallationRecord> page(String after) {
    return control
        .selectFrom(INSTALLATION)
        .where(INSTALLATION.CLIENT_KEY.gt(after))
        .orderBy(INSTALLATION.CLIENT_KEY)
        .limit(PAGE)
        .fetch();
  }

  private State renew(InstallationRecord first) {
    TenantId tenant = new TenantId(first.getClientKey());
    InstallationRecord row = first;
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (isCurrent(row)) {
          return State.CURRENT;
        }
        if (table.replace(
            row,
            renewed(tenant, row.getSharedSecret()),
            renewedOrNull(tenant, row.getPreviousSecret()))) {
          return State.RENEWED;
        }
        row = table.find(tenant).orElse(row);
      }
      log.warn("{}: its secret changes too often to be encrypted anew; run it again", tenant);
    } catch (SecretUnavailableException e) {
      log.warn("Not encrypted anew: {}", e.getMessage());
    }
    return State.UNREADABLE;
  }

  private boolean isCurrent(InstallationRecord row) {
    return cipher.isCurrent(row.getSharedSecret())
        && (row.getPreviousSecret() == null || cipher.isCurrent(row.getPreviousSecret()));
  }

  private String renewed(TenantId tenant, String stored) {
    return cipher.encrypt(tenant, cipher.decrypt(tenant, stored));
  }

  private @Nullable String renewedOrNull(TenantId tenant, @Nullable String stored) {
    return stored == null ? null : renewed(tenant, stored);
  }

  private enum State {
    CURRENT,
    RENEWED,
    UNREADABLE
  }
}
