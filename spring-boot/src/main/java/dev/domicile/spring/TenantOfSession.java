package dev.domicile.spring;

import dev.domicile.router.TenantContext;
import dev.domicile.router.TenantId;
import java.util.concurrent.atomic.AtomicLong;
import org.hibernate.context.spi.CurrentTenantIdentifierResolver;

/**
 * Tells Hibernate whose session it opens, so that blocks of ids from one realm's sequence are not
 * used in another.
 *
 * <p>Spring opens sessions outside any scope when it starts, to look at repositories and queries.
 * Each of these gets an identity that no other session has: what it may leave behind is used by
 * nobody.
 */
final class TenantOfSession implements CurrentTenantIdentifierResolver<String> {
  /** No client key: those hold no control characters. */
  private static final String NOBODY = "\0nobody-";

  private final AtomicLong count = new AtomicLong();

  @Override
  public String resolveCurrentTenantIdentifier() {
    return TenantContext.tenant()
        .map(TenantId::clientKey)
        .orElseGet(() -> NOBODY + count.incrementAndGet());
  }

  @Override
  public boolean validateExistingCurrentSessions() {
    return true;
  }
}
