import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.codelibs.opensearch.runner.OpenSearchRunner;
import org.codelibs.opensearch.runner.node.OpenSearchRunnerNode;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;

/**
 * One OpenSearch node in a process of its own, so that it can be killed, stopped and started again.
 *
 * <p>Its only argument is its home; the settings stand there in config/opensearch.yml.
 */
public final class ClusterNode {
    private ClusterNode() {}

    public static void main(String[] arguments) throws Exception {
        Thread parent = new Thread(ClusterNode::endWithStandardInput, "parent");
        parent.setDaemon(true);
        parent.start();
        Settings home = Settings.builder().put("path.home", Path.of(arguments[0])).build();
        Environment environment =
                InternalSettingsPreparer.prepareEnvironment(home, Map.of(), null, () -> "node");
        Node node = new OpenSearchRunnerNode(environment, Modules.all());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node), "close"));
        node.start();
        new CountDownLatch(1).await();
    }

    private static void close(Node node) {
        try {
            node.close();
        } catch (IOException error) {
            error.printStackTrace();
        }
    }

    /** The tests hold the other end: it closes also where they are killed. */
    private static void endWithStandardInput() {
        try {
            while (System.in.read() >= 0) {}
        } catch (IOException error) {
            error.printStackTrace();
        }
        Runtime.getRuntime().halt(0);
    }

    /** The runner's list of what a released OpenSearch has; it would start all nodes in one process. */
    private static final class Modules extends OpenSearchRunner {
        static List<Class<? extends Plugin>> all() {
            List<Class<? extends Plugin>> modules = new ArrayList<>();
            for (String name : MODULE_TYPES) {
                try {
                    modules.add(Class.forName(name).asSubclass(Plugin.class));
                } catch (ClassNotFoundException error) {
                    // The list is longer than what the runner depends on.
                    System.out.println("Without the module " + name);
                }
            }
            return modules;
        }
    }
}
