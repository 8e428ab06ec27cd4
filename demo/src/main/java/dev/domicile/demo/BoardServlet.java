package dev.domicile.demo;

import com.fasterxml.jackson.databind.json.JsonMapper;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.sql.DataSource;

/** The app's one page: how many notes the tenant has. It knows nothing of realms. */
final class BoardServlet extends HttpServlet {
  private static final long serialVersionUID = 1;
  private static final String QUERY =
      """
      SELECT current_database(), count(*), max(title) FILTER (WHERE status = 'open')
      FROM note WHERE client_key = ?
      """;

  private final transient DataSource database;
  private final transient JsonMapper json = JsonMapper.builder().build();

  BoardServlet(DataSource database) {
    this.database = database;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    String tenant = String.valueOf(request.getAttribute("dev.domicile.tenant"));
    Map<String, Object> answer = new LinkedHashMap<>();
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(QUERY)) {
      statement.setString(1, tenant);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        answer.put("tenant", tenant);
        answer.put("answeredFrom", row.getString(1));
        answer.put("notes", row.getLong(2));
        answer.put("lastOpenNote", row.getString(3));
      }
    } catch (SQLException e) {
      throw new ServletException(e);
    }
    response.setContentType("application/json");
    json.writeValue(response.getOutputStream(), answer);
  }
}
