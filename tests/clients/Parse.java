import com.sun.source.util.JavacTask;
import java.io.File;
import java.util.Arrays;
import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Parses Java files as javac does, without the libraries that they import. */
public class Parse {
  public static void main(String[] names) throws Exception {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var found = new DiagnosticCollector<JavaFileObject>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(found, null, null)) {
      var sources = files.getJavaFileObjectsFromFiles(Arrays.stream(names).map(File::new).toList());
      var task = (JavacTask) compiler.getTask(null, files, found, List.of("-proc:none"), null, sources);
      task.parse().forEach(unit -> {});
    }
    found.getDiagnostics().forEach(System.err::println);
    System.out.println(names.length + " files");
    System.exit(found.getDiagnostics().isEmpty() ? 0 : 1);
  }
}
