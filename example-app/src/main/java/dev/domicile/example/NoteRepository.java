package dev.domicile.example;

import java.util.List;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

/** Notes in the realm of the tenant in scope. */
interface NoteRepository extends JpaRepository<Note, UUID> {

  /** The tenant's notes, the oldest first. */
  @Query("select n from Note n where n.clientKey = :clientKey order by n.createdAt")
  List<Note> of(String clientKey);
}
