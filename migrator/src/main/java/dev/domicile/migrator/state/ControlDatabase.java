package dev.domicile.migrator.state;

import dev.domicile.migrator.session.Failures;
import dev.domicile.router.DatabaseConfig;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultConfiguration;

/** Opens the control database for jOOQ, with errors that name it. */
public final class ControlDatabase {
  private ControlDatabase() {}

  /** A context that takes a new connection for each statement or transaction. */
  public static DSLContext open(DatabaseConfig config) {
    return over(config, config.unpooled("domicile-migrator"));
  }

  /**
   * A context that takes its connections from elsewhere, such as a pool.
   *
   * @param config what errors name
   */
  public static DSLContext over(DatabaseConfig config, DataSource source) {
    return DSL.using(
        new DefaultConfiguration()
            .set(SQLDialect.POSTGRES)
            .set(new Connections(config, source))
            .set(new ClearErrors()));
  }

  private record Connections(DatabaseConfig config, DataSource source)
      implements ConnectionProvider {
    @Override
    @SuppressWarnings("MustBeClosedChecker")
    public Connection acquire() {
      try {
        return source.getConnection();
      } catch (SQLException e) {
        throw Failures.unavailable("control", config, e);
      }
    }

    @Override
    public void release(Connection connection) {
      try {
        connection.close();
      } catch (SQLException e) {
        throw Failures.statement("control", e);
      }
    }
  }

  /** A violated constraint stays what it is, since callers look for it. */
  private static final class ClearErrors implements ExecuteListener {
    private static final long serialVersionUID = 1;

    @Override
    public void exception(ExecuteContext context) {
      if (context.exception() instanceof DataAccessException error
          && !(error instanceof IntegrityConstraintViolationException)) {
        context.exception(Failures.statement("control", error));
      }
    }
  }
}
