package dev.domicile.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Copies the data of a running server, as pg_basebackup does, which the embedded binaries do not
 * bring along.
 *
 * @param admin the server, from version 15 on
 * @param data its data
 */
record BaseBackup(Database admin, Path data) {
  private static final Set<String> OF_THE_PROCESS =
      Set.of("postmaster.pid", "postmaster.opts", "epg-lock");

  /** Copies them into a new folder. */
  void into(Path copy) throws IOException {
    try (Connection connection = admin.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_backup_start('standby', fast => true)");
      copy(copy);
      try (ResultSet stop = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
        stop.next();
        Files.writeString(copy.resolve("backup_label"), stop.getString(1));
      }
    } catch (SQLException e) {
      throw new IOException("the backup failed", e);
    }
  }

  private void copy(Path copy) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.walk(data)) {
      files =
          found
              .filter(file -> !OF_THE_PROCESS.contains(String.valueOf(file.getFileName())))
              .toList();
    }
    for (Path file : files) {
      Path place = copy.resolve(data.relativize(file).toString());
      try {
        if (Files.isDirectory(file)) {
          Files.createDirectories(
              place,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
          Files.copy(file, place, StandardCopyOption.COPY_ATTRIBUTES);
        }
      } catch (NoSuchFileException e) {
        // A file that went away meanwhile is in the log.
        System.getLogger(BaseBackup.class.getName())
            .log(System.Logger.Level.DEBUG, "{0} is gone", file);
      }
    }
  }
}
