package dev.domicile.router;

import static dev.domicile.router.TwoRealms.A;
import static dev.domicile.router.TwoRealms.B;
import static dev.domicile.router.TwoRealms.EU;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.table;

import dev.domicile.testkit.TestDatabases;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One jOOQ context for all tenants. */
final class JooqIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private TwoRealms realms;
  private DSLContext jooq;

  @BeforeEach
  void open() {
    realms = new TwoRealms(databases);
    realms.execute("CREATE TABLE note (id bigint PRIMARY KEY, text text NOT NULL)");
    jooq = DSL.using(realms.dataSource(), SQLDialect.POSTGRES);
  }

  @AfterEach
  void close() {
    realms.close();
  }

  @Test
  void writesToTheRealmOfTheTenantInScope() {
    try (TenantScope scope = TenantContext.open(A)) {
      write(jooq, 1, scope.tenant());
    }
    try (TenantScope scope = TenantContext.open(B)) {
      jooq.transaction(transaction -> write(transaction.dsl(), 1, scope.tenant()));
    }

    assertThat(realms.us.list("SELECT text FROM note")).containsExactly("tenant-a");
    assertThat(realms.eu.list("SELECT text FROM note")).containsExactly("tenant-b");
  }

  @Test
  void rollsBackATransactionAndANestedOne() {
    try (TenantScope scope = TenantContext.open(A)) {
      assertThatIllegalStateException()
          .isThrownBy(
              () ->
                  jooq.transaction(
                      transaction -> {
                        write(transaction.dsl(), 1, scope.tenant());
                        throw new IllegalStateException("on purpose");
                      }));
      jooq.transaction(
          transaction -> {
            write(transaction.dsl(), 2, scope.tenant());
            assertThatIllegalStateException()
                .isThrownBy(
                    () ->
                        transaction
                            .dsl()
                            .transaction(
                                nested -> {
                                  write(nested.dsl(), 3, scope.tenant());
                                  throw new IllegalStateException("on purpose");
                                }));
          });
    }

    assertThat(realms.us.list("SELECT id FROM note")).containsExactly("2");
    assertThat(realms.eu.number("SELECT count(*) FROM note")).isZero();
  }

  @Test
  void isNotSplitByARouteThatChangesMeanwhile() {
    try (TenantScope scope = TenantContext.open(A)) {
      jooq.transaction(
          transaction -> {
            write(transaction.dsl(), 1, scope.tenant());
            realms.move(A, EU);
            write(transaction.dsl(), 2, scope.tenant());
            // Past the transaction, but still in the scope.
            write(jooq, 3, scope.tenant());
          });
    }

    assertThat(realms.us.list("SELECT id FROM note ORDER BY id")).containsExactly("1", "2", "3");
    assertThat(realms.eu.number("SELECT count(*) FROM note")).isZero();
  }

  @Test
  void refusesWithoutATenantAndWithAnUnknownOne() {
    assertThatThrownBy(() -> jooq.selectOne().fetch()).isInstanceOf(NoTenantException.class);
    try (TenantScope scope = TenantContext.open(new TenantId("nobody"))) {
      assertThatThrownBy(() -> jooq.selectOne().fetch())
          .isInstanceOf(DataAccessException.class)
          .hasRootCauseInstanceOf(UnknownTenantException.class)
          .hasStackTraceContaining(scope.tenant().clientKey());
    }
  }

  private static void write(DSLContext context, long id, TenantId tenant) {
    context
        .insertInto(table("note"))
        .set(field("id", Long.class), id)
        .set(field("text", String.class), tenant.clientKey())
        .execute();
  }
}
