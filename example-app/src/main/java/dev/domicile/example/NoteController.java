package dev.domicile.example;

import com.atlassian.connect.spring.AtlassianHostUser;
import com.atlassian.connect.spring.ContextJwt;
import dev.domicile.router.Realm;
import dev.domicile.router.Router;
import dev.domicile.router.TenantId;
import java.sql.SQLException;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

/**
 * Stores and lists notes. Like any controller on Atlassian's library; of realms it knows only what
 * it says in the header {@code X-Realm}, for whoever looks.
 */
@RestController
class NoteController {
  private final NoteRepository notes;
  private final Router router;

  NoteController(NoteRepository notes, Router router) {
    this.notes = notes;
    this.router = router;
  }

  /** What a client gets. */
  record Notes(String tenant, List<String> notes) {}

  /** What a client sends. */
  record NewNote(String text) {}

  @GetMapping("/notes")
  ResponseEntity<Notes> list(@AuthenticationPrincipal AtlassianHostUser user) throws SQLException {
    return of(clientKey(user));
  }

  @PostMapping("/notes")
  @Transactional(rollbackFor = SQLException.class)
  public ResponseEntity<Notes> add(
      @AuthenticationPrincipal AtlassianHostUser user, @RequestBody NewNote note)
      throws SQLException {
    notes.save(new Note(clientKey(user), note.text()));
    return of(clientKey(user));
  }

  /** For the page's own script, which has a token bound to no request. */
  @ContextJwt
  @GetMapping("/api/notes")
  ResponseEntity<Notes> listForPage(@AuthenticationPrincipal AtlassianHostUser user)
      throws SQLException {
    return of(clientKey(user));
  }

  @GetMapping(path = "/page", produces = MediaType.TEXT_HTML_VALUE)
  String page(@AuthenticationPrincipal AtlassianHostUser user) throws SQLException {
    String tenant = clientKey(user);
    StringBuilder list = new StringBuilder();
    for (String text : texts(tenant)) {
      list.append("<li>").append(HtmlUtils.htmlEscape(text)).append("</li>");
    }
    return "<!doctype html><meta charset=utf-8><title>Notes</title><h1>Notes of %s, kept in %s</h1><ul>%s</ul>"
        .formatted(HtmlUtils.htmlEscape(tenant), realm(tenant), list);
  }

  private ResponseEntity<Notes> of(String tenant) throws SQLException {
    return ResponseEntity.ok()
        .header("X-Realm", realm(tenant).name())
        .body(new Notes(tenant, texts(tenant)));
  }

  private List<String> texts(String tenant) {
    return notes.of(tenant).stream().map(Note::text).toList();
  }

  private Realm realm(String tenant) throws SQLException {
    return router.resolve(new TenantId(tenant)).realm();
  }

  private static String clientKey(AtlassianHostUser user) {
    return user.getHost().getClientKey();
  }
}
