package dev.domicile.servlet;

import dev.domicile.router.NoTenantException;
import dev.domicile.router.Router;
import dev.domicile.router.TenantContext;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;

/** An app on a real port whose servlets say for whom, and in which database, they run. */
final class TestApp implements AutoCloseable {
  private final Server server = new Server(0);
  private final ServletContextHandler context = new ServletContextHandler("/");
  private final Router router;
  private final List<String> leaks = new CopyOnWriteArrayList<>();

  TestApp(Router router, TenantFilter filter) throws Exception {
    this(router, filter, null);
  }

  TestApp(Router router, TenantFilter filter, @Nullable LifecycleServlet lifecycle)
      throws Exception {
    this.router = router;
    for (Connector connector : server.getConnectors()) {
      HttpConfiguration http =
          connector.getConnectionFactory(HttpConnectionFactory.class).getHttpConfiguration();
      http.addCustomizer(new ForwardedRequestCustomizer());
      // Otherwise a token that differs in nothing but case from one that came earlier on the same
      // connection is read as that one.
      http.setHeaderCacheCaseSensitive(true);
    }
    if (lifecycle != null) {
      for (String path : new LifecyclePaths().signedByAtlassian()) {
        context.addServlet(new ServletHolder(lifecycle), path);
      }
    }
    filter(watchingForLeaks());
    filter(filter);
    servlet("/realm/*", this::database);
    servlet("/tenant/*", (request, response) -> write(response, tenant(request)));
    servlet("/health", (request, response) -> write(response, tenant(request)));
    servlet("/open/forward", TestApp::forward);
    servlet("/forward", TestApp::forward);
    servlet("/form", (request, response) -> write(response, request.getParameter("field")));
    servlet("/fail", TestApp::fail);
    servlet("/fenced", (request, response) -> write(response, fenced()));
    servlet("/fenced-late", this::fencedLate);
    servlet("/async", TestApp::dispatchFromAnotherThread);
    servlet("/async-realm", (request, response) -> request.startAsync().dispatch("/realm"));
    servlet("/thread-realm", this::databaseFromAnotherThread);
    servlet("/never", (request, response) -> request.startAsync().setTimeout(50));
    ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
    errors.addErrorPage(500, "/tenant/error");
    context.setErrorHandler(errors);
    server.setHandler(context);
    server.start();
  }

  URI uri(String pathAndQuery) {
    return URI.create("http://localhost:" + server.getURI().getPort() + pathAndQuery);
  }

  /** Threads that came into the app, or left it, with a tenant in scope. */
  List<String> leaks() {
    return List.copyOf(leaks);
  }

  @Override
  public void close() throws Exception {
    server.stop();
  }

  private Filter watchingForLeaks() {
    return (request, response, chain) -> {
      Optional<?> before = TenantContext.tenant();
      try {
        chain.doFilter(request, response);
      } finally {
        boolean inside =
            request.getDispatcherType() == DispatcherType.FORWARD
                && TenantContext.tenant().equals(before);
        if (!inside && (before.isPresent() || TenantContext.tenant().isPresent())) {
          leaks.add(request.getDispatcherType() + ": " + before + ", " + TenantContext.tenant());
        }
      }
    };
  }

  private void database(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    try (Connection connection = router.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT current_database()")) {
      row.next();
      write(response, row.getString(1));
    } catch (NoTenantException e) {
      write(response, "no tenant");
    } catch (SQLException e) {
      throw new ServletException(e);
    }
  }

  /** A write that the realm's fence refuses, wrapped as a framework would wrap it. */
  private String fenced() throws ServletException {
    try (Connection connection = router.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'DM001'; END $$");
      return "not fenced";
    } catch (SQLException e) {
      throw new ServletException(new IllegalStateException("the write failed", e));
    }
  }

  private void fencedLate(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    write(response, "the first half");
    response.flushBuffer();
    fenced();
  }

  private void databaseFromAnotherThread(HttpServletRequest request, HttpServletResponse response) {
    AsyncContext async = request.startAsync();
    Runnable task =
        TenantContext.carry(
            () -> {
              try {
                database(request, response);
              } catch (IOException | ServletException e) {
                throw new IllegalStateException(e);
              } finally {
                async.complete();
              }
            });
    new Thread(task).start();
  }

  private static String tenant(HttpServletRequest request) {
    return request.getDispatcherType()
        + " "
        + TenantContext.tenant().map(Object::toString).orElse("nobody")
        + " "
        + request.getAttribute(TenantFilter.TENANT_ATTRIBUTE)
        + " "
        + request.getAttribute(TenantFilter.ACCOUNT_ATTRIBUTE);
  }

  private static void forward(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    request.getRequestDispatcher("/tenant/forwarded").forward(request, response);
  }

  private static void fail(HttpServletRequest request, HttpServletResponse response) {
    throw new IllegalStateException("the servlet fails for " + TenantContext.tenant());
  }

  private static void dispatchFromAnotherThread(
      HttpServletRequest request, HttpServletResponse response) {
    AsyncContext async = request.startAsync();
    new Thread(() -> async.dispatch("/tenant/dispatched")).start();
  }

  private static void write(HttpServletResponse response, String text) throws IOException {
    response.setContentType("text/plain");
    response.getWriter().write(text);
  }

  private void filter(Filter filter) {
    FilterHolder holder = new FilterHolder(filter);
    holder.setAsyncSupported(true);
    context.addFilter(holder, "/*", EnumSet.allOf(DispatcherType.class));
  }

  private void servlet(String path, Action action) {
    Servlet servlet = new ActionServlet(action);
    ServletHolder holder = new ServletHolder(servlet);
    holder.setAsyncSupported(true);
    context.addServlet(holder, path);
  }

  private interface Action {
    void run(HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException;
  }

  private static final class ActionServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private final transient Action action;

    ActionServlet(Action action) {
      this.action = action;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException {
      action.run(request, response);
    }
  }
}
