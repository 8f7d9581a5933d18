"""Which names of Python's library, and of well-known distributions, give which reach.

A name with `.*` behind it stands for all below it. Names are those by which the thing is documented;
`python_scan` resolves aliases before it looks here.
"""

from narrowgate.supply.findings import Reach
from narrowgate.supply.words import written_out

_NETWORK = """
    socket.socket socket.create_connection socket.create_server socket.getaddrinfo socket.gethostbyname
    socket.gethostbyname_ex socket.gethostbyaddr socket.getnameinfo socket.fromfd socket.SocketType
    _socket.socket _socket.getaddrinfo _socket.gethostbyname
    socket.socket.connect socket.socket.connect_ex socket.socket.bind socket.socket.listen socket.socket.accept
    socket.socket.sendto socket.socket.sendmsg
    ssl.get_server_certificate
    asyncio.open_connection asyncio.start_server asyncio.open_unix_connection asyncio.start_unix_server
    asyncio.create_connection asyncio.create_server asyncio.create_datagram_endpoint
    http.client.HTTPConnection http.client.HTTPSConnection http.server.HTTPServer http.server.ThreadingHTTPServer
    http.server.test urllib.request.urlopen urllib.request.urlretrieve urllib.request.build_opener
    urllib.request.URLopener urllib.request.FancyURLopener urllib.request.OpenerDirector.open
    urllib2.urlopen httplib.HTTPConnection httplib.HTTPSConnection
    ftplib.FTP ftplib.FTP_TLS smtplib.SMTP smtplib.SMTP_SSL smtplib.LMTP poplib.POP3 poplib.POP3_SSL
    imaplib.IMAP4 imaplib.IMAP4_SSL nntplib.NNTP telnetlib.Telnet xmlrpc.client.ServerProxy
    xmlrpc.server.SimpleXMLRPCServer socketserver.TCPServer socketserver.UDPServer socketserver.ThreadingTCPServer
    socketserver.ThreadingUDPServer wsgiref.simple_server.make_server
    multiprocessing.connection.Client multiprocessing.connection.Listener
    logging.handlers.SocketHandler logging.handlers.DatagramHandler logging.handlers.HTTPHandler
    logging.handlers.SMTPHandler logging.config.listen
    requests.get requests.post requests.put requests.patch requests.delete requests.head requests.options
    requests.request requests.Session requests.session requests.sessions.Session
    httpx.get httpx.post httpx.put httpx.patch httpx.delete httpx.head httpx.request httpx.stream httpx.Client
    httpx.AsyncClient httpx.HTTPTransport httpx.AsyncHTTPTransport
    httpcore.ConnectionPool httpcore.AsyncConnectionPool httpcore.request httpcore.stream
    aiohttp.ClientSession aiohttp.request aiohttp.TCPConnector aiohttp.web.run_app
    urllib3.PoolManager urllib3.ProxyManager urllib3.HTTPConnectionPool urllib3.HTTPSConnectionPool urllib3.request
    urllib3.connection_from_url
    websocket.create_connection websocket.WebSocketApp websockets.connect websockets.serve websockets.client.connect
    websockets.sync.client.connect websockets.asyncio.client.connect
    grpc.insecure_channel grpc.secure_channel grpc.server grpc.aio.insecure_channel grpc.aio.secure_channel
    boto3.client boto3.resource boto3.Session botocore.session.get_session
    paramiko.SSHClient paramiko.Transport redis.Redis redis.StrictRedis redis.from_url redis.asyncio.Redis
    psycopg.connect psycopg2.connect asyncpg.connect pymysql.connect pymongo.MongoClient
    pycurl.Curl zmq.Context dns.resolver.resolve dns.resolver.query dns.query.udp dns.query.tcp
    anyio.connect_tcp anyio.create_tcp_listener anyio.create_udp_socket anyio.connect_unix
    trio.open_tcp_stream trio.serve_tcp trio.socket.socket gevent.socket.socket eventlet.connect
    uvicorn.run hypercorn.run granian.Granian gunicorn.app.base.BaseApplication
    smbclient.open_file kubernetes.client.ApiClient docker.from_env docker.DockerClient
"""
_PROCESS = """
    os.system os.popen os.fork os.forkpty os.posix_spawn os.posix_spawnp os.startfile os.execv os.execve os.execl
    os.execle os.execlp os.execlpe os.execvp os.execvpe os.spawnl os.spawnle os.spawnlp os.spawnlpe os.spawnv os.spawnve
    os.spawnvp os.spawnvpe os.kill os.killpg os.setuid os.setgid os.setresuid os.setresgid os.setreuid os.setregid
    os.chroot os.unshare os.setns os.pidfd_open
    posix.system posix.fork posix.execv posix.execve posix.posix_spawn
    subprocess.run subprocess.call subprocess.Popen subprocess.check_call subprocess.check_output subprocess.getoutput
    subprocess.getstatusoutput _posixsubprocess.fork_exec commands.getoutput popen2.popen2
    asyncio.create_subprocess_exec asyncio.create_subprocess_shell
    multiprocessing.Process multiprocessing.Pool multiprocessing.Manager multiprocessing.pool.Pool
    multiprocessing.managers.BaseManager multiprocessing.get_context multiprocessing.spawn.*
    concurrent.futures.ProcessPoolExecutor concurrent.futures.process.ProcessPoolExecutor
    pty.spawn pty.fork webbrowser.open webbrowser.open_new webbrowser.open_new_tab webbrowser.get
    anyio.run_process anyio.open_process trio.run_process psutil.Popen psutil.Process sh.Command pexpect.spawn
    plumbum.local
"""
_WRITE = """
    os.remove os.unlink os.rename os.renames os.replace os.mkdir os.makedirs os.rmdir os.removedirs os.link os.symlink
    os.chmod os.fchmod os.lchmod os.chown os.fchown os.lchown os.truncate os.ftruncate os.mkfifo os.mknod os.utime
    os.write os.pwrite os.sendfile os.copy_file_range os.setxattr
    shutil.copy shutil.copy2 shutil.copyfile shutil.copyfileobj shutil.copytree shutil.copymode shutil.copystat
    shutil.move shutil.rmtree shutil.chown shutil.make_archive shutil.unpack_archive
    tempfile.NamedTemporaryFile tempfile.TemporaryFile tempfile.TemporaryDirectory tempfile.SpooledTemporaryFile
    tempfile.mkstemp tempfile.mkdtemp tempfile.mktemp
    pathlib.Path.write_text pathlib.Path.write_bytes pathlib.Path.unlink pathlib.Path.mkdir pathlib.Path.rmdir
    pathlib.Path.touch pathlib.Path.rename pathlib.Path.replace pathlib.Path.symlink_to pathlib.Path.hardlink_to
    pathlib.Path.link_to pathlib.Path.chmod pathlib.Path.lchmod
    sqlite3.connect shelve.open dbm.open dbm.dumb.open logging.FileHandler logging.handlers.RotatingFileHandler
    logging.handlers.TimedRotatingFileHandler logging.handlers.WatchedFileHandler zipfile.ZipFile.extractall
    tarfile.TarFile.extractall aiofiles.os.remove py_compile.compile compileall.compile_dir compileall.compile_file
    site.addsitedir winreg.SetValue winreg.SetValueEx winreg.CreateKey
"""
_READ = """
    os.listdir os.scandir os.walk os.fwalk os.readlink os.pread os.getxattr glob.glob glob.iglob
    pathlib.Path.read_text pathlib.Path.read_bytes pathlib.Path.iterdir pathlib.Path.glob pathlib.Path.rglob
    pathlib.Path.walk pathlib.Path.readlink fileinput.input linecache.getlines linecache.getline netrc.netrc
    pwd.getpwnam pwd.getpwuid pwd.getpwall spwd.getspnam grp.getgrnam grp.getgrgid grp.getgrall
    winreg.OpenKey winreg.QueryValue winreg.QueryValueEx
"""
_ENVIRONMENT = """
    os.environ os.environb os.getenv os.getenvb os.putenv os.unsetenv os.path.expandvars posix.environ
    dotenv.load_dotenv dotenv.dotenv_values
"""
_DYNAMIC = """
    builtins.exec builtins.eval builtins.compile builtins.__import__ importlib.import_module importlib.__import__
    importlib.util.spec_from_file_location importlib.util.spec_from_loader importlib.util.module_from_spec
    importlib.machinery.SourceFileLoader importlib.machinery.SourcelessFileLoader importlib.reload
    runpy.run_module runpy.run_path code.InteractiveInterpreter code.InteractiveConsole code.interact
    codeop.compile_command imp.load_source imp.load_module imp.load_compiled pkgutil.resolve_name pydoc.locate
    zipimport.zipimporter
    types.CodeType types.FunctionType marshal.loads marshal.load
    pickle.loads pickle.load pickle.Unpickler _pickle.loads _pickle.Unpickler cPickle.loads dill.loads dill.load
    cloudpickle.loads cloudpickle.load joblib.load jsonpickle.decode shelve.open yaml.unsafe_load yaml.full_load
    yaml.UnsafeLoader pandas.read_pickle torch.load numpy.core.multiarray.fromstring
    sys.settrace sys.setprofile sys.addaudithook sys.meta_path.insert sys.meta_path.append sys.path_hooks.insert
    sys.path_hooks.append sys.path.insert sys.path.append sys.path.extend
"""
_NATIVE = """
    ctypes.CDLL ctypes.PyDLL ctypes.WinDLL ctypes.OleDLL ctypes.cdll ctypes.pydll ctypes.windll ctypes.oledll
    ctypes.pythonapi ctypes.cdll.* ctypes.windll.* ctypes.pythonapi.* ctypes.util.find_library ctypes.memmove
    ctypes.memset ctypes.string_at ctypes.wstring_at ctypes.CFUNCTYPE ctypes.PYFUNCTYPE
    _ctypes.dlopen _ctypes.dlsym cffi.FFI cffi.FFI.dlopen mmap.mmap importlib.machinery.ExtensionFileLoader
    imp.load_dynamic _imp.create_dynamic sys.setdlopenflags
"""

NAMES: dict[str, Reach] = {
    name: reach
    for reach, names in (
        (Reach.NETWORK, _NETWORK),
        (Reach.PROCESS, _PROCESS),
        (Reach.WRITE, _WRITE),
        (Reach.READ, _READ),
        (Reach.ENVIRONMENT, _ENVIRONMENT),
        (Reach.DYNAMIC, _DYNAMIC),
        (Reach.NATIVE, _NATIVE),
    )
    for name in names.split()
}

# Calls of these make something whose methods are looked up under the same name.
MAKERS: frozenset[str] = frozenset(
    {
        "cffi.FFI",
        "pathlib.Path",
        "pathlib.PosixPath",
        "socket.socket",
        "tarfile.TarFile",
        "zipfile.ZipFile",
    }
)
MADE_BY: dict[str, str] = {
    "pathlib.Path.cwd": "pathlib.Path",
    "pathlib.Path.home": "pathlib.Path",
    "pathlib.PosixPath": "pathlib.Path",
    "socket.create_connection": "socket.socket",
    "tarfile.open": "tarfile.TarFile",
    "urllib.request.build_opener": "urllib.request.OpenerDirector",
}

# Methods that say by their name alone what they do, whoever the object is. Only names that hardly anything else has.
METHODS: dict[str, tuple[str, Reach]] = {
    "create_subprocess_exec": ("asyncio.create_subprocess_exec", Reach.PROCESS),
    "create_subprocess_shell": ("asyncio.create_subprocess_shell", Reach.PROCESS),
    "subprocess_exec": ("loop.subprocess_exec", Reach.PROCESS),
    "subprocess_shell": ("loop.subprocess_shell", Reach.PROCESS),
    "create_datagram_endpoint": ("loop.create_datagram_endpoint", Reach.NETWORK),
    "create_unix_connection": ("loop.create_unix_connection", Reach.NETWORK),
    "create_unix_server": ("loop.create_unix_server", Reach.NETWORK),
    "sock_connect": ("loop.sock_connect", Reach.NETWORK),
    "getaddrinfo": ("loop.getaddrinfo", Reach.NETWORK),
    "write_text": ("pathlib.Path.write_text", Reach.WRITE),
    "write_bytes": ("pathlib.Path.write_bytes", Reach.WRITE),
    "read_text": ("pathlib.Path.read_text", Reach.READ),
    "read_bytes": ("pathlib.Path.read_bytes", Reach.READ),
    "symlink_to": ("pathlib.Path.symlink_to", Reach.WRITE),
    "hardlink_to": ("pathlib.Path.hardlink_to", Reach.WRITE),
    "extractall": ("extractall", Reach.WRITE),
    "exec_module": ("loader.exec_module", Reach.DYNAMIC),
    "load_module": ("loader.load_module", Reach.DYNAMIC),
    "rglob": ("pathlib.Path.rglob", Reach.READ),
    "iterdir": ("pathlib.Path.iterdir", Reach.READ),
}

# A mention is not a use for these: a class stands in annotations and `isinstance`, and only a call makes one.
# Functions count however they are mentioned, since they are also handed to others to call.
CLASSES: frozenset[str] = frozenset(
    name for name in NAMES if name.rsplit(".", 1)[-1][:1].isupper() or name in {"mmap.mmap", "socket.socket"}
)

# Of the classes, those whose instances do something by being made; a client or a process waits to be told.
ACTING: frozenset[str] = written_out("""
    subprocess.Popen psutil.Popen http.server.HTTPServer http.server.ThreadingHTTPServer socketserver.TCPServer
    socketserver.UDPServer socketserver.ThreadingTCPServer socketserver.ThreadingUDPServer
    xmlrpc.server.SimpleXMLRPCServer multiprocessing.Pool multiprocessing.Manager multiprocessing.pool.Pool
    multiprocessing.connection.Client multiprocessing.connection.Listener telnetlib.Telnet nntplib.NNTP""")
IDLE: frozenset[str] = (CLASSES - ACTING) | {"multiprocessing.get_context", "requests.session", "boto3.client"}

# Open a file; the argument with the mode: its position, and its name.
OPENERS: dict[str, tuple[int, str]] = {
    "builtins.open": (1, "mode"),
    "io.open": (1, "mode"),
    "codecs.open": (1, "mode"),
    "os.fdopen": (1, "mode"),
    "pathlib.Path.open": (0, "mode"),
    "gzip.open": (1, "mode"),
    "bz2.open": (1, "mode"),
    "lzma.open": (1, "mode"),
    "zipfile.ZipFile": (1, "mode"),
    "tarfile.open": (1, "mode"),
    "aiofiles.open": (1, "mode"),
    "anyio.open_file": (1, "mode"),
    "os.open": (1, "flags"),
}

# What turns letters back into something else.
DECODERS: frozenset[str] = written_out("""
    base64.b64decode base64.urlsafe_b64decode base64.standard_b64decode base64.b32decode base64.b16decode
    base64.a85decode base64.b85decode base64.z85decode base64.decodebytes base64.decodestring
    binascii.a2b_base64 binascii.unhexlify binascii.a2b_hex builtins.bytes.fromhex builtins.bytearray.fromhex
    builtins.chr zlib.decompress gzip.decompress bz2.decompress lzma.decompress codecs.decode marshal.loads""")
# What brings code from elsewhere.
FETCHERS: frozenset[str] = written_out("""
    urllib.request.urlopen requests.get requests.post requests.request httpx.get httpx.post httpx.request
    urllib2.urlopen socket.socket.recv urllib3.request""")
RUNNERS: frozenset[str] = frozenset({"builtins.exec", "builtins.eval", "builtins.compile", "types.FunctionType"})
# Hand a function to one of these and it is called.
STARTERS: frozenset[str] = written_out("""
    threading.Thread threading.Timer _thread.start_new_thread atexit.register builtins.map asyncio.run
    asyncio.create_task multiprocessing.Process concurrent.futures.ThreadPoolExecutor.submit""")
# Modules by whose computed attributes anything could be meant.
POWERFUL: frozenset[str] = frozenset({"os", "subprocess", "socket", "builtins", "ctypes", "importlib", "posix", "sys"})
