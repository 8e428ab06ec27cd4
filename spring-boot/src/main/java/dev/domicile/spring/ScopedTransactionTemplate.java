package dev.domicile.spring;

import dev.domicile.router.TenantContext;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionCallback;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Opens transactions where there is a database for them. Outside a tenant's scope there is none,
 * and the work runs without one; what it asks of the routed data source is refused all the same.
 */
final class ScopedTransactionTemplate extends TransactionTemplate {
  private static final long serialVersionUID = 1;

  ScopedTransactionTemplate(PlatformTransactionManager transactions) {
    super(transactions);
  }

  @Override
  public <T> @Nullable T execute(TransactionCallback<T> action) {
    return TenantContext.tenant().isEmpty()
        ? TransactionOperations.withoutTransaction().execute(action)
        : super.execute(action);
  }
}
