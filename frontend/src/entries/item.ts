import "../styles/map.css";
import "../elements/geo-imagery";
